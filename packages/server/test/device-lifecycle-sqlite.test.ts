import { deviceLifecycleContract } from './contract/device-lifecycle-contract.ts';
import { sqliteFleets } from './contract/fleet-maker.ts';

deviceLifecycleContract(sqliteFleets);
