import { sqliteFleets } from './contract/fleet-maker.ts';
import { updatesContract } from './contract/updates-contract.ts';

updatesContract(sqliteFleets);
