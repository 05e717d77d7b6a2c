# Without an initial file system nobody has mounted these before.
1i ::sysinit:/bin/mount -t proc proc /proc
1i ::sysinit:/bin/mount -t sysfs sysfs /sys
