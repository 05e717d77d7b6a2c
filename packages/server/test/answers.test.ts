import { answersContract } from './contract/answers-contract.ts';
import { postgresFleets, sqliteFleets } from './contract/fleet-maker.ts';

answersContract(sqliteFleets);
answersContract(postgresFleets());
