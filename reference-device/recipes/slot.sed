# For a kernel that needs no initial file system.
s|^setenv load_initrd .*|setenv load_initrd true|
s|\${ramdisk_addr_r}:\${initrd_bytes}|-|
