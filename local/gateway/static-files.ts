import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { extname, join, normalize, resolve, sep } from 'node:path';
import { pipeline } from 'node:stream/promises';

const CONTENT_TYPES: Record<string, string> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json',
  '.map': 'application/json',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.jpg': 'image/jpeg',
  '.ico': 'image/x-icon',
  '.woff': 'font/woff',
  '.woff2': 'font/woff2',
  '.wasm': 'application/wasm',
  '.txt': 'text/plain; charset=utf-8',
  '.webmanifest': 'application/manifest+json',
};

/** What the browser may load and reach: this origin, its real-time endpoint, and the AWS endpoint for uploads. */
export function securityHeaders(connectTo: readonly string[]): Record<string, string> {
  const policy = [
    "default-src 'self'",
    `connect-src 'self' ${connectTo.join(' ')}`,
    "img-src 'self' data: blob:",
    "font-src 'self' data:",
    // The console's component library writes its styles at run time.
    "style-src 'self' 'unsafe-inline'",
    "script-src 'self'",
    "worker-src 'self' blob:",
    "object-src 'none'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ];
  return {
    'content-security-policy': policy.join('; '),
    'x-content-type-options': 'nosniff',
    'x-frame-options': 'DENY',
    'referrer-policy': 'no-referrer',
    'cross-origin-opener-policy': 'same-origin',
  };
}

/** Serves the files of a folder; paths that are no file get `index.html`, so that the application routes them. */
export async function serveStatic(
  request: IncomingMessage,
  response: ServerResponse,
  { folder, headers }: { folder: string; headers: Record<string, string> },
): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.writeHead(405, { ...headers, allow: 'GET, HEAD' }).end();
    return;
  }
  const file = await findFile(resolve(folder), request.url ?? '/');
  if (!file) {
    response.writeHead(404, { ...headers, 'content-type': 'text/plain; charset=utf-8' }).end('not found\n');
    return;
  }
  // The bundler names everything under assets/ by its content.
  const isImmutable = file.path.includes(`${sep}assets${sep}`);
  response.writeHead(200, {
    ...headers,
    'content-type': CONTENT_TYPES[extname(file.path)] ?? 'application/octet-stream',
    'content-length': file.sizeBytes,
    'cache-control': isImmutable ? 'public, max-age=31536000, immutable' : 'no-cache',
  });
  if (request.method === 'HEAD') response.end();
  else await pipeline(createReadStream(file.path), response);
}

async function findFile(root: string, url: string): Promise<{ path: string; sizeBytes: number } | null> {
  const pathname = decodePath(url);
  if (pathname === null) return null;
  const path = normalize(join(root, pathname));
  if (path !== root && !path.startsWith(root + sep)) return null;
  const direct = await fileAt(path);
  if (direct || extname(pathname) !== '') return direct;
  return fileAt(join(root, 'index.html'));
}

function decodePath(url: string): string | null {
  try {
    const pathname = decodeURIComponent(url.split('?')[0] ?? '/');
    return pathname.includes('\0') ? null : pathname;
  } catch {
    return null;
  }
}

async function fileAt(path: string): Promise<{ path: string; sizeBytes: number } | null> {
  const found = await stat(path).catch(() => null);
  return found?.isFile() ? { path, sizeBytes: found.size } : null;
}
