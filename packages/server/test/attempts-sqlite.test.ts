import { attemptsContract } from './contract/attempts-contract.ts';
import { sqliteFleets } from './contract/fleet-maker.ts';

attemptsContract(sqliteFleets);
