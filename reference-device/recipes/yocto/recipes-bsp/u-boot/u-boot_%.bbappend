FILESEXTRAPATHS:prepend := "${UPDRAFT_DEVICE}/recipes/fragments:"
SRC_URI += "file://u-boot.cfg"
