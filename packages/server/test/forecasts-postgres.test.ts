import { postgresFleets } from './contract/fleet-maker.ts';
import { forecastsContract } from './contract/forecasts-contract.ts';

forecastsContract(postgresFleets());
