import { autoAssignmentContract } from './contract/auto-assignment-contract.ts';
import { directAssignmentContract } from './contract/direct-assignment-contract.ts';
import { sqliteFleets } from './contract/fleet-maker.ts';
import { lateComersContract } from './contract/late-comers-contract.ts';

autoAssignmentContract(sqliteFleets);
lateComersContract(sqliteFleets);
directAssignmentContract(sqliteFleets);
