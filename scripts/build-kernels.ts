import { mkdir, rename, writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { relative } from 'node:path';
import asc from 'assemblyscript/asc';

const root = fileURLToPath(new URL('..', import.meta.url));
const source = fileURLToPath(new URL('../engine/kernels/assembly/kernels.ts', import.meta.url));
const target = fileURLToPath(new URL('../engine/generated/kernels-wasm.ts', import.meta.url));

/** Compiles the kernels with the given WebAssembly features and returns the module's bytes. */
async function compile(features: string[]): Promise<Uint8Array> {
  let binary: Uint8Array | undefined;
  const { error, ...output } = await asc.main(
    [
      relative(root, source),
      '--baseDir',
      root,
      '--outFile',
      'kernels.wasm',
      '--optimizeLevel',
      '3',
      '--runtime',
      'stub',
      '--importMemory',
      '--sharedMemory',
      '--initialMemory',
      '1',
      '--maximumMemory',
      '65536',
      '--noAssert',
      '--use',
      'abort=',
      ...features.flatMap((feature) => ['--enable', feature]),
    ],
    {
      writeFile: (_name: string, contents: Uint8Array | string) => {
        if (typeof contents !== 'string') binary = contents;
      },
    },
  );
  if (error !== null)
    throw new Error(`The kernels do not compile:\n${(output.stderr as { toString(): string }).toString()}`, {
      cause: error,
    });
  if (binary === undefined) throw new Error('The AssemblyScript compiler wrote no module.');
  return binary;
}

const simd = await compile(['simd', 'threads']);
const relaxedSimd = await compile(['simd', 'relaxed-simd', 'threads']);
const lines = [
  '// Made by scripts/build-kernels.ts from engine/kernels/assembly/kernels.ts.',
  `export const simdModule = '${Buffer.from(simd).toString('base64')}';`,
  `export const relaxedSimdModule = '${Buffer.from(relaxedSimd).toString('base64')}';`,
  '',
];
await mkdir(new URL('../engine/generated/', import.meta.url), { recursive: true });
// Moved into place at once: another process may be importing the earlier file.
const written = `${target}.${process.pid}`;
await writeFile(written, lines.join('\n'));
await rename(written, target);
console.log(`kernels: simd ${simd.length} B, relaxed simd ${relaxedSimd.length} B`);
