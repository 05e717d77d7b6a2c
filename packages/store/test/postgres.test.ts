import { after } from 'node:test';
import { commandsContract } from './contract/commands-contract.ts';
import { eventsContract } from './contract/events-contract.ts';
import { listsContract } from './contract/lists-contract.ts';
import { schemaContract } from './contract/schema-contract.ts';
import { shownStateContract } from './contract/shown-state-contract.ts';
import { postgresMaker } from './postgres-maker.ts';

const { maker, end } = postgresMaker();
after(end);

commandsContract(maker);
eventsContract(maker);
listsContract(maker);
schemaContract(maker);
shownStateContract(maker);
