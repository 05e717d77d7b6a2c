# Chooses the slot to boot: A/B with a boot counter, fall-back, and an environment in two copies of one sector each.
# src/boot/choose-slot.ts is the model of this script; a test runs both on the same states and compares every byte.
#
# Invariants:
# - A copy of the environment is written only while the other one is valid, so no cut leaves both torn.
# - A trial always ends: it is committed by the guest, or falls back after `bootlimit` boots or at once when it cannot be loaded.
# - ustate=3 (SWUpdate: failed) is set only where a trial ends; ustate=2 (testing) on every boot of a trial, because a cut may
#   come between the switch of the slot and SWUpdate's own ustate=1.
# - A committed slot that boots in vain `committed_limit` times is exchanged for the other slot unless that one is known to be
#   incomplete, and so on in turn: the device never stops trying.
# - With a key in U-Boot's own device tree (/signature) only /boot/image.fit boots, verified (image.its); else kernel and initrd.
# `booti`, `bootm`, `reset` and `pause_seconds` are variables so that the test can take their place.

setenv names "slot upgrade_available bootcount bootlimit ustate recovery_status boot_reason update_origin watchdog_seconds"
setenv committed_limit 6
if test -z "${pause_seconds}"; then setenv pause_seconds 10; fi
setenv primary_address 0x43f00000
setenv mirror_address 0x43f01000
setenv export_address 0x43f02000
if test -z "${devnum}"; then setenv devnum 0; fi
if test -z "${booti}"; then setenv booti booti; fi
if test -z "${bootm}"; then setenv bootm bootm; fi
if test -z "${reset}"; then setenv reset reset; fi

setenv clear 'for name in ${names}; do setenv ${name}; done'
setenv import_primary 'virtio read ${primary_address} ${env_start} 1 && env import -c ${primary_address} 0x200 ${names}'
setenv import_mirror 'virtio read ${mirror_address} ${env2_start} 1 && env import -c ${mirror_address} 0x200 ${names}'
setenv save 'env export -c -s 0x200 ${export_address} ${names}; virtio write ${export_address} ${env_start} 1; virtio write ${export_address} ${env2_start} 1'

# The sixty-four bytes' header of an arm64 Image carries "ARM\x64" at 0x38: a zeroed kernel is found before it is tried.
setenv load_kernel 'load virtio ${devnum}:${partition} ${kernel_addr_r} /boot/Image && setexpr magic_address ${kernel_addr_r} + 0x38 && itest.l *${magic_address} == 0x644d5241'
setenv load_initrd 'load virtio ${devnum}:${partition} ${ramdisk_addr_r} /boot/initrd.img && setenv initrd_bytes ${filesize}'
setenv load_plain 'run load_kernel && run load_initrd'
setenv load_signed 'load virtio ${devnum}:${partition} ${ramdisk_addr_r} /boot/image.fit && bootm start ${ramdisk_addr_r}#slot ${ramdisk_addr_r}#slot ${fdt_addr}'
setenv load_slot 'setenv loaded 0; if part number virtio ${devnum} slot-${slot} partition; then if run ${load_image}; then setenv loaded 1; fi; fi'

setenv fall_back 'if test ${slot} = a; then setenv slot b; else setenv slot a; fi; if test ${upgrade_available} = 1; then setenv ustate 3; fi; setenv upgrade_available 0; setenv bootcount 0; setenv boot_reason ${reason}; echo "UPDRAFT fall-back reason=${reason} to=${slot}"'

# i6300esb is fixed at slot 0x1e: its BAR is read from the ECAM, each of its two stages takes 512 of the ticks of 1 ms for a second, then it is enabled.
setenv arm_watchdog 'if itest.l *0x40100f0000 == 0x25ab8086; then setexpr.l bar *0x40100f0010; setexpr reload ${bar} + 0xc; setexpr stage2 ${bar} + 4; mw.l ${reload} 0x80; mw.l ${reload} 0x86; mw.l ${bar} ${watchdog_ticks}; mw.l ${reload} 0x80; mw.l ${reload} 0x86; mw.l ${stage2} ${watchdog_ticks}; pci write.b 0.1e.0 68 2; echo "UPDRAFT watchdog seconds=${watchdog_seconds}"; else echo "UPDRAFT watchdog missing"; fi'

setenv load_image load_plain
fdt addr ${fdtcontroladdr}
if fdt list /signature; then setenv load_image load_signed; fi

virtio dev ${devnum}
part start virtio ${devnum} env env_start
part start virtio ${devnum} env2 env2_start

setenv primary_valid 0
setenv mirror_valid 0
if run import_mirror; then setenv mirror_valid 1; fi
run clear
if run import_primary; then setenv primary_valid 1; else run clear; fi
if test ${primary_valid} = 1; then
  if test ${mirror_valid} = 0; then
    virtio write ${primary_address} ${env2_start} 1
    echo "UPDRAFT environment repaired from=env"
  elif cmp.b ${primary_address} ${mirror_address} 0x200; then
    true
  else
    virtio write ${primary_address} ${env2_start} 1
  fi
elif test ${mirror_valid} = 1; then
  run import_mirror
  virtio write ${mirror_address} ${env_start} 1
  echo "UPDRAFT environment repaired from=env2"
else
  echo "UPDRAFT environment repaired from=defaults"
fi

if test "${slot}" != b; then setenv slot a; fi
if test "${upgrade_available}" != 1; then setenv upgrade_available 0; fi
setenv count 0
for n in 1 2 3 4 5 6 7 8 9; do if test "${bootcount}" = ${n}; then setenv count ${n}; fi; done
setenv bootcount ${count}
setenv limit 3
for n in 1 2 3 4 5 6 7 8 9; do if test "${bootlimit}" = ${n}; then setenv limit ${n}; fi; done
setenv bootlimit ${limit}
if test -z "${ustate}"; then setenv ustate 0; fi
if test "${watchdog_seconds}" = 20; then
  setenv watchdog_ticks 0x2800
elif test "${watchdog_seconds}" = 30; then
  setenv watchdog_ticks 0x3c00
elif test "${watchdog_seconds}" = 120; then
  setenv watchdog_ticks 0xf000
else
  setenv watchdog_seconds 60
  setenv watchdog_ticks 0x7800
fi

if test ${upgrade_available} = 1; then
  if test ${bootcount} -ge ${bootlimit}; then setenv reason boot-limit; run fall_back; fi
elif test ${bootcount} -ge ${committed_limit}; then
  echo "UPDRAFT boot loop slot=${slot}"
  sleep ${pause_seconds}
  setenv bootcount 0
  if test -z "${recovery_status}"; then setenv reason boot-loop; run fall_back; fi
fi

run load_slot
if test ${loaded} = 0; then setenv reason image-unloadable; run fall_back; run load_slot; fi

if test ${loaded} = 1; then
  setexpr bootcount ${bootcount} + 1
  if test ${upgrade_available} = 1; then
    setenv ustate 2
    setenv recovery_status
    setenv boot_reason
  fi
  run save
  run arm_watchdog
  echo "UPDRAFT boot slot=${slot} trial=${upgrade_available} count=${bootcount}"
  setenv bootargs "root=PARTLABEL=slot-${slot} ro console=ttyAMA0 loglevel=4 panic=5 updraft.slot=${slot} updraft.trial=${upgrade_available} updraft.count=${bootcount}"
  if test ${load_image} = load_signed; then
    ${bootm} ${ramdisk_addr_r}#slot ${ramdisk_addr_r}#slot ${fdt_addr}
  else
    ${booti} ${kernel_addr_r} ${ramdisk_addr_r}:${initrd_bytes} ${fdt_addr}
  fi
else
  echo "UPDRAFT nothing to boot"
fi
sleep ${pause_seconds}
${reset}
