import { sqliteFleets } from './contract/fleet-maker.ts';
import { misfortunesContract } from './contract/misfortunes-contract.ts';

misfortunesContract(sqliteFleets);
