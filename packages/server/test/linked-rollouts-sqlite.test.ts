import { sqliteFleets } from './contract/fleet-maker.ts';
import { linkedRolloutsContract } from './contract/linked-rollouts-contract.ts';

linkedRolloutsContract(sqliteFleets);
