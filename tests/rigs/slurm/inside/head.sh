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
# A /etc with the rig's users and hosts, and a /opt of its own: the machine's stay as they are.
cp -a /etc "$rig/machine-etc"
cp "$rig"/etc/{hosts,passwd,group} "$rig/machine-etc"
mount --bind "$rig/machine-etc" /etc
mount --bind "$rig/opt" /opt

munged -F --key-file="$rig/munge/key" --socket="$rig/munge/socket" \
  --pid-file="$rig/munge/pid" --seed-file="$rig/munge/seed" \
  --log-file="$rig/munge/log" >"$rig/log/munged" 2>&1 &
until [[ -S $rig/munge/socket ]]; do sleep 0.01; done
slurmctld -D -c >"$rig/log/slurmctld" 2>&1 &
python3 "$rig/counters.py" "$rig/counters.json" >"$rig/log/counters" 2>&1 &
for ((n = 1; n <= nodes; ++n)); do bash "$rig/boot.sh" "$rig" "n$n"; done
wait
