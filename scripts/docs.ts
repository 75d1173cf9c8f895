/**
 * scripts/docs — `npm run docs`: writes the pages that are made from tables in the source.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { generatedPages } from './docs/pages.ts';

for (const [page, text] of generatedPages()) {
  await writeFile(fileURLToPath(new URL(`../${page}`, import.meta.url)), text);
  process.stdout.write(`wrote ${page}\n`);
}
