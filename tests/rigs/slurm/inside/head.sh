#!/bin/bash
# The head of the rig's cluster: the first process of a PID name space, in network, host name
# and mount name spaces of its own. When it is killed, the kernel ends all that is in there.
# usage: head.sh RUN-FOLDER NODES
set -u
rig=$1 nodes=$2
export SLURM_CONF=$rig/etc/slurm.conf
hostname head
ip link set lo up
ip link add bridge0 type bridge
ip address add 10.77.0.254/24 dev bridge0
ip link set bridge0 up
# Users of the rig, and its hosts: the machine's own files stay as they are.
for file in hosts passwd group; do mount --bind "$rig/etc/$file" "/etc/$file"; done

munged -F --key-file="$rig/munge/key" --socket="$rig/munge/socket" \
  --pid-file="$rig/munge/pid" --seed-file="$rig/munge/seed" \
  --log-file="$rig/munge/log" >"$rig/log/munged" 2>&1 &
until [[ -S $rig/munge/socket ]]; do sleep 0.01; done
slurmctld -D -c >"$rig/log/slurmctld" 2>&1 &
python3 "$rig/counters.py" "$rig/counters.json" >"$rig/log/counters" 2>&1 &
for ((n = 1; n <= nodes; ++n)); do
  unshare -n -u -m --propagation private bash "$rig/node.sh" "$rig" "n$n" \
    >"$rig/log/n$n" 2>&1 &
  node=$!
  until [[ "$(readlink "/proc/$node/ns/net")" != "$(readlink /proc/self/ns/net)" ]]; do
    sleep 0.01
  done
  ip link add "v$n" type veth peer name eth0 netns "$node"
  ip link set "v$n" master bridge0 up
done
wait
