/**
 * Builds the dashboard into dashboard/dist; scripts/build.mjs copies it to where the daemon serves it from. Addresses are relative: the daemon puts the
 * base in front, which is another one behind a reverse proxy with a path.
 */
import { fileURLToPath } from 'node:url';
import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

export default defineConfig({
  root: fileURLToPath(new URL('.', import.meta.url)),
  base: './',
  plugins: [react()],
  resolve: {
    // One React, whatever other packages of the repository bring.
    dedupe: ['react', 'react-dom'],
    alias: {
      'react-remove-scroll': fileURLToPath(new URL('src/components/remove-scroll.tsx', import.meta.url)),
    },
  },
  build: {
    outDir: fileURLToPath(new URL('dist', import.meta.url)),
    emptyOutDir: true,
    target: 'es2023',
    // The policy of the pages allows no inline script, and fonts come from here.
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    reportCompressedSize: false,
  },
});
