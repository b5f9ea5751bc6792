import react from '@vitejs/plugin-react';
import { defineConfig } from 'vite';

const path = (relative: string): string => decodeURIComponent(new URL(relative, import.meta.url).pathname);

/** The AppSync subscription link takes Node's global Buffer for granted; a global one would mislead other libraries. */
const giveBufferToLink = {
  name: 'give-buffer-to-link',
  transform(code: string, id: string): string | null {
    if (!id.includes('/aws-appsync-subscription-link/') || !code.includes('Buffer.from(')) return null;
    return `import { Buffer } from ${JSON.stringify(path('src/transport/node-buffer.ts'))};\n${code}`;
  },
};

export default defineConfig({
  base: './',
  plugins: [react(), giveBufferToLink],
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
