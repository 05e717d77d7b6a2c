FILESEXTRAPATHS:prepend := "${UPDRAFT_DEVICE}/recipes/fragments:"
SRC_URI += "file://busybox.cfg"
