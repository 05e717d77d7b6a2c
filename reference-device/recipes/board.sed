# For a board with eMMC, and a watchdog that U-Boot drives itself (milliseconds; the guest feeds it with the same heartbeat).
s|\bvirtio\b|mmc|g
s|^setenv arm_watchdog .*|setenv arm_watchdog 'wdt start ${watchdog_seconds}000'|
