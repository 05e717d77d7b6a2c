import { sqliteFleets } from './contract/fleet-maker.ts';
import { turnsContract } from './contract/turns-contract.ts';

turnsContract(sqliteFleets);
