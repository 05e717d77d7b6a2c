import { autoAssignmentContract } from './contract/auto-assignment-contract.ts';
import { directAssignmentContract } from './contract/direct-assignment-contract.ts';
import { postgresFleets } from './contract/fleet-maker.ts';
import { lateComersContract } from './contract/late-comers-contract.ts';

const fleets = postgresFleets();
autoAssignmentContract(fleets);
lateComersContract(fleets);
directAssignmentContract(fleets);
