import { postgresFleets } from './contract/fleet-maker.ts';
import { rolloutsContract } from './contract/rollouts-contract.ts';

rolloutsContract(postgresFleets());
