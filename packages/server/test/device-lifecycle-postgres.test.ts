import { deviceLifecycleContract } from './contract/device-lifecycle-contract.ts';
import { postgresFleets } from './contract/fleet-maker.ts';

deviceLifecycleContract(postgresFleets());
