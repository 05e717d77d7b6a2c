import { sqliteFleets } from '../contract/fleet-maker.ts';
import { retentionContract } from '../contract/retention-contract.ts';

retentionContract(sqliteFleets);
