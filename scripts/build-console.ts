import { fileURLToPath } from 'node:url';
import { build } from 'vite';
import { generateConsole } from '../admin/generate/generate-console.ts';

/** Generates the console's sources from the schema, then bundles it into `build/console`. */
const path = (relative: string): string => fileURLToPath(new URL(relative, import.meta.url));

generateConsole({ schema: path('../schema'), output: path('../admin/src/generated') });
await build({ configFile: path('../admin/vite.config.ts'), root: path('../admin'), logLevel: 'warn' });
