import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { type Compressors, snappyUncompress } from 'hyparquet';
import { IngestionFailure } from '../../ingestion-failure.ts';
import { INGESTION_LIMITS } from '../../limits.ts';

function checkPage(bytes: number): void {
  const limit = INGESTION_LIMITS.parquetPageBytes;
  if (bytes >= 0 && bytes <= limit) return;
  const message = `A page of the Parquet file is said to unpack to ${bytes} bytes; at most ${limit} are allowed.`;
  throw new IngestionFailure('PAYLOAD_TOO_LARGE', message);
}

function unpackSnappy(packed: Uint8Array, bytes: number): Uint8Array {
  checkPage(bytes);
  const unpacked = new Uint8Array(bytes);
  snappyUncompress(packed, unpacked);
  return unpacked;
}

function unpackWith(unpack: (packed: Uint8Array, options: { maxOutputLength: number }) => Uint8Array) {
  return (packed: Uint8Array, bytes: number): Uint8Array => {
    checkPage(bytes);
    return unpack(packed, { maxOutputLength: Math.max(1, bytes) });
  };
}

function refuseLz4(): never {
  const message =
    'The Parquet file is packed by LZ4, which is not supported; write it with snappy, gzip, zstd or brotli.';
  throw new IngestionFailure('UNSUPPORTED_FILE', message);
}

/** How packed pages of Parquet are unpacked: never beyond what they declare, nor beyond the ceiling. */
export const PARQUET_COMPRESSORS: Compressors = {
  SNAPPY: unpackSnappy,
  GZIP: unpackWith((packed, options) => gunzipSync(packed, options)),
  BROTLI: unpackWith((packed, options) => brotliDecompressSync(packed, options)),
  ZSTD: unpackWith((packed, options) => zstdDecompressSync(packed, options)),
  LZ4: refuseLz4,
  LZ4_RAW: refuseLz4,
};
