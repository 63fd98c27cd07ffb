#!/bin/sh
# Open MPI's launch agent of this rig (plm_rsh_agent), in the place of ssh:
#   agent.sh HOST COMMAND...     runs COMMAND on the node HOST with a clean environment
# CLUSTER_NODES is a folder with a file for each node, which holds the id of a process there.
pid=$(cat "$CLUSTER_NODES/$1") || exit 255
shift
exec nsenter --target "$pid" --net --uts --mount --ipc --time -- env -i HOME=/root USER=root \
  PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C /bin/sh -c "$*"
