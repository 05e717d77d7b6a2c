import { attemptsContract } from './contract/attempts-contract.ts';
import { postgresFleets } from './contract/fleet-maker.ts';

attemptsContract(postgresFleets());
