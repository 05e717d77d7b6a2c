SUMMARY = "The boot script and the first environment of an A/B device"
LICENSE = "Apache-2.0"

inherit deploy nopackages

DEPENDS = "u-boot-mkimage-native u-boot-mkenvimage-native"
INHIBIT_DEFAULT_DEPS = "1"
S = "${WORKDIR}"

do_compile() {
    sed -f ${UPDRAFT_DEVICE}/recipes/slot.sed ${UPDRAFT_DEVICE}/boot/boot.cmd > ${B}/boot.cmd
    mkimage -A arm64 -T script -C none -d ${B}/boot.cmd ${B}/boot.scr
    mkenvimage -s 512 -p 0 -o ${B}/env.bin ${UPDRAFT_DEVICE}/boot/environment
}
do_compile[file-checksums] += "${UPDRAFT_DEVICE}/boot/boot.cmd:True ${UPDRAFT_DEVICE}/boot/environment:True"

do_deploy() {
    install -m 0644 ${B}/boot.scr ${B}/env.bin ${DEPLOYDIR}/
}
addtask deploy after do_compile before do_build
