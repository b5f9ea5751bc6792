import { describe, expect, it } from 'vitest';
import { createChunkVerifier, verifyRequest } from '../../../../local/sigv4/index.ts';
import type { ChunkVerifier } from '../../../../local/sigv4/index.ts';

/** The worked examples of AWS's documentation of chunked uploads: 65 KiB of "a", in 64 KiB and 1 KiB. */
const SECRET = 'wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY';
const NOW = Date.UTC(2013, 4, 24);

function verifierFor(payload: string, signature: string, more: Record<string, string>): ChunkVerifier {
  const headers: Record<string, string> = {
    host: 's3.amazonaws.com',
    'x-amz-content-sha256': payload,
    'x-amz-date': '20130524T000000Z',
    'x-amz-decoded-content-length': '66560',
    'x-amz-storage-class': 'REDUCED_REDUNDANCY',
    'content-encoding': 'aws-chunked',
    ...more,
  };
  const names = Object.keys(headers).sort().join(';');
  headers.authorization = `AWS4-HMAC-SHA256 Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,SignedHeaders=${names},Signature=${signature}`;
  const { seed } = verifyRequest(
    { method: 'PUT', url: '/examplebucket/chunkObject.txt', headers },
    () => ({ secretAccessKey: SECRET, principal: 'example' }),
    { nowMs: NOW },
  );
  return createChunkVerifier(seed);
}

describe('the chunk verifier', () => {
  it('agrees with the worked example of signed chunks', () => {
    const verifier = verifierFor(
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
      '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
      {
        'content-length': '66824',
      },
    );

    verifier.update(Buffer.alloc(65_536, 'a'));
    verifier.finishChunk('ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648');
    verifier.update(Buffer.alloc(1000, 'a'));
    verifier.update(Buffer.alloc(24, 'a'));
    verifier.finishChunk('0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497');
    verifier.finishChunk('b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
  });

  it('agrees with the worked example of a signed trailer', () => {
    const verifier = verifierFor(
      'STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER',
      '106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e',
      {
        'x-amz-trailer': 'x-amz-checksum-crc32c',
      },
    );

    verifier.update(Buffer.alloc(65_536, 'a'));
    verifier.finishChunk('b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2');
    verifier.update(Buffer.alloc(1024, 'a'));
    verifier.finishChunk('1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7');
    verifier.finishChunk('2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992');
    verifier.finishTrailer(
      ['x-amz-checksum-crc32c:sOO8/Q=='],
      'd81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435',
    );
  });

  it('refuses a changed chunk, a missing signature and a chunk out of turn', () => {
    const start = (): ChunkVerifier =>
      verifierFor(
        'STREAMING-AWS4-HMAC-SHA256-PAYLOAD',
        '4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9',
        {
          'content-length': '66824',
        },
      );
    const first = 'ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648';

    const changed = start();
    changed.update(Buffer.alloc(65_536, 'b'));
    expect(() => {
      changed.finishChunk(first);
    }).toThrow('does not match its bytes');
    expect(() => {
      start().finishChunk(undefined);
    }).toThrow('does not match its bytes');
    expect(() => {
      start().finishChunk('b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9');
    }).toThrow('does not match its bytes');
  });
});
