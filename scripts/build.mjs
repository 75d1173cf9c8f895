/**
 * scripts/build — `npm run build`: bundles src/ into dist/ as tsdown.config.ts says, and is quiet when it works.
 *
 * Plain JavaScript, so that `npm start` on Node 20 waits for nothing else.
 */
import { build } from 'tsdown';

await build({ logLevel: 'error' });
