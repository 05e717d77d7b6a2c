import { sqliteFleets } from './contract/fleet-maker.ts';
import { phasesContract } from './contract/phases-contract.ts';

phasesContract(sqliteFleets);
