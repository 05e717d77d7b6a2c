SUMMARY = "The bundle of a slot, signed"
LICENSE = "Apache-2.0"

inherit swupdate

SRC_URI = "file://sw-description"
FILESEXTRAPATHS:prepend := "${THISDIR}:"

# Debian's SWUpdate, and so the reference device, takes CMS. The key is named in local.conf and lies outside of the build.
SWUPDATE_SIGNING = "CMS"
SWUPDATE_CMS_KEY ?= ""
SWUPDATE_CMS_CERT ?= ""

IMAGE_DEPENDS = "updraft-gateway-image"
SWUPDATE_IMAGES = "slot.ext4.zst"

# In the bundle the image has one name, whatever the machine is called.
python do_swuimage:prepend () {
    import os
    deploy = d.getVar('DEPLOY_DIR_IMAGE')
    link = os.path.join(deploy, 'slot.ext4.zst')
    if os.path.lexists(link):
        os.remove(link)
    os.symlink('updraft-gateway-image-%s.ext4.zst' % d.getVar('MACHINE'), link)
}
