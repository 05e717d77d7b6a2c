FILESEXTRAPATHS:prepend := "${UPDRAFT_DEVICE}/recipes/fragments:"
SRC_URI += "file://swupdate.cfg"
# The agent of the device starts SWUpdate, after its boot was judged; the distribution must not.
INHIBIT_UPDATERCD_BBCLASS = "1"
SYSTEMD_AUTO_ENABLE:${PN} = "disable"
