import { writeFileSync } from 'node:fs';
import { madePages } from './pages.ts';

for (const [path, make] of Object.entries(madePages)) {
  writeFileSync(new URL(`../../${path}`, import.meta.url), make());
  console.log(path);
}
