#!/bin/bash
# Switches a node of the rig's cluster on; in the head's name spaces.
# usage: boot.sh RUN-FOLDER NAME
set -u
rig=$1 name=$2
unshare -n -u -m --propagation private bash "$rig/node.sh" "$rig" "$name" \
  </dev/null >>"$rig/log/$name" 2>&1 &
node=$!
until [[ "$(readlink "/proc/$node/ns/net")" != "$(readlink /proc/self/ns/net)" ]]; do
  sleep 0.01
done
ip link add "v$name" type veth peer name eth0 netns "$node"
ip link set "v$name" master bridge0 up
