import { commandsContract } from './contract/commands-contract.ts';
import { eventsContract } from './contract/events-contract.ts';
import { listsContract } from './contract/lists-contract.ts';
import { schemaContract } from './contract/schema-contract.ts';
import { shownStateContract } from './contract/shown-state-contract.ts';
import type { StoreMaker } from './contract/store-maker.ts';
import { aSqliteStore } from './store-under-test.ts';

const sqlite: StoreMaker = { name: 'SQLite', open: (_t, changes) => aSqliteStore(changes) };

commandsContract(sqlite);
eventsContract(sqlite);
listsContract(sqlite);
schemaContract(sqlite);
shownStateContract(sqlite);
