#!/bin/bash
# A node of the rig's cluster, in name spaces of its own below the head's: its network, host
# name, /dev/shm, and a /sys whose energy counters are the rig's.
# usage: node.sh RUN-FOLDER NAME
set -u
rig=$1 name=$2
export SLURM_CONF=$rig/etc/slurm.conf
hostname "$name"
ip link set lo up
until ip link show eth0 >/dev/null 2>&1; do sleep 0.01; done
ip address add "10.77.0.${name#n}/24" dev eth0
ip link set eth0 up
mount -t tmpfs -o mode=1777,size=512m shm /dev/shm
mount -t tmpfs -o mode=755 run /run

# A machine of its own: nodes are told apart by the kernel's boot.
cat /proc/sys/kernel/random/uuid >"$rig/nodes/$name/boot_id"
mount --bind "$rig/nodes/$name/boot_id" /proc/sys/kernel/random/boot_id

# A /sys of the machine's entries and ours: a bind mount needs a place to be bound to.
sys=$rig/nodes/$name/sys new=$rig/nodes/$name/mount
mount -t tmpfs -o mode=755 sys "$new"
for entry in /sys/*; do
  [[ $entry == /sys/class ]] && continue
  mkdir -p "$new/${entry##*/}"
  mount --rbind "$entry" "$new/${entry##*/}"
done
mkdir -p "$new/class"
for entry in /sys/class/*; do
  mkdir -p "$new/class/${entry##*/}"
  mount --bind "$entry" "$new/class/${entry##*/}"
done
for tree in class/powercap cray; do
  mkdir -p "$new/$tree"
  mount --bind "$sys/$tree" "$new/$tree"
done
mount --move "$new" /sys
exec slurmd -D -N "$name" >>"$rig/log/slurmd-$name" 2>&1
