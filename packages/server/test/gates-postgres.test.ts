import { postgresFleets } from './contract/fleet-maker.ts';
import { gatesContract } from './contract/gates-contract.ts';

gatesContract(postgresFleets());
