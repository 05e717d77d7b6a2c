SUMMARY = "A slot of the gateway: kernel and root file system, read-only"
LICENSE = "Apache-2.0"

inherit core-image

IMAGE_FEATURES += "read-only-rootfs"
IMAGE_INSTALL = "busybox base-files base-passwd kernel-image updraft-device"
# A slot for the bundle, and the golden disk.
IMAGE_FSTYPES = "ext4 ext4.zst wic"
IMAGE_ROOTFS_EXTRA_SPACE = "8192"
WKS_FILE = "${UPDRAFT_DEVICE}/recipes/yocto/wic/updraft-gateway.wks"
IMAGE_BOOT_FILES = "boot.scr"
do_image_wic[depends] += "updraft-boot:do_deploy"
