import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const path = (relative: string): string => decodeURIComponent(new URL(relative, import.meta.url).pathname);

export default defineConfig({
  base: './',
  plugins: [react()],
  // The AppSync links import Node's url module for a single function.
  resolve: { alias: { url: path('src/transport/node-url.ts') } },
  build: {
    outDir: '../build/console',
    emptyOutDir: true,
    target: 'es2022',
    modulePreload: { polyfill: false },
    // Data URLs would need an exception in the content security policy.
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1200,
  },
});
