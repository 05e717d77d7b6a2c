import { sqliteFleets } from './contract/fleet-maker.ts';
import { impossibleRolloutsContract } from './contract/impossible-rollouts-contract.ts';

impossibleRolloutsContract(sqliteFleets);
