import { postgresFleets } from './contract/fleet-maker.ts';
import { misfortunesContract } from './contract/misfortunes-contract.ts';

misfortunesContract(postgresFleets());
