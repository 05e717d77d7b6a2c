SUMMARY = "Health check, clock, watchdog and agent of an A/B device"
LICENSE = "Apache-2.0"
LIC_FILES_CHKSUM = "file://${COMMON_LICENSE_DIR}/Apache-2.0;md5=89aea4e17d99a7cacdbeed46a0096b10"

# Scripts for busybox, and what they call.
RDEPENDS:${PN} = "busybox e2fsprogs-e2fsck e2fsprogs-mke2fs libubootenv-bin openssl-bin swupdate swupdate-client swupdate-tools"
FILES:${PN} = "/"
INHIBIT_DEFAULT_DEPS = "1"

S = "${WORKDIR}"

do_install() {
    cp -R --no-preserve=ownership ${UPDRAFT_DEVICE}/rootfs/. ${D}/
    sed -f ${UPDRAFT_DEVICE}/recipes/inittab.sed ${UPDRAFT_DEVICE}/rootfs/etc/inittab > ${D}${sysconfdir}/inittab
    install -m 0644 ${UPDRAFT_DEVICE}/boot/environment ${D}${sysconfdir}/u-boot-initial-env
    printf 'VERSION=%s\nBUILD_TIME=%s\n' "${UPDRAFT_VERSION}" "${SOURCE_DATE_EPOCH}" > ${D}${sysconfdir}/updraft-release
    install -d ${D}/data ${D}/factory
}
do_install[file-checksums] += "${UPDRAFT_DEVICE}/rootfs:True ${UPDRAFT_DEVICE}/boot/environment:True"
do_install[vardeps] += "UPDRAFT_VERSION"
