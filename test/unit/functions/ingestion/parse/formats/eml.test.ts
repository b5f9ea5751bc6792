import { describe, expect, it } from 'vitest';
import { parseBytes } from '../../../../../support/parse-sample.ts';

const head =
  'From: Ann <ann@example.org>\r\nTo: bob@example.org\r\nSubject: =?utf-8?q?Gr=C3=BC=C3=9Fe?=\r\nDate: Mon, 2 Mar 2026 10:00:00 +0000\r\nMIME-Version: 1.0\r\n';

function multipart(parts: string[]): string {
  return `${head}Content-Type: multipart/mixed; boundary="b"\r\n\r\n${parts.map((part) => `--b\r\n${part}\r\n`).join('')}--b--\r\n`;
}

describe('an e-mail', () => {
  it('is its head and its text, with the head as properties', async () => {
    const { sections } = await parseBytes(
      'a.eml',
      `${head}Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\nThe tide=\r\n turns at n=C3=B6\r\n`,
    );

    expect(sections[0]?.text).toBe(
      'Subject: Grüße\nFrom: Ann <ann@example.org>\nTo: bob@example.org\nDate: 2026-03-02T10:00:00.000Z\n\nThe tide turns at nö',
    );
    expect(sections[0]?.values).toMatchObject({ subject: 'Grüße', to: 'bob@example.org' });
  });

  it('of HTML alone is what a reader sees', async () => {
    const { text } = await parseBytes(
      'a.eml',
      `${head}Content-Type: text/html\r\n\r\n<style>p{}</style><p>Dear <b>Bob</b></p><img src="http://127.0.0.1:1/spy.png">`,
    );

    expect(text.endsWith('\n\nDear Bob')).toBe(true);
  });

  it('has its attachments read as what they are, and names those that cannot be', async () => {
    const csv =
      'Content-Type: text/csv\r\nContent-Disposition: attachment; filename="fees.csv"\r\n\r\nboat,fee\r\nsloop,12';
    const png = `Content-Type: image/png\r\nContent-Disposition: attachment; filename="a.png"\r\nContent-Transfer-Encoding: base64\r\n\r\n${Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]).toString('base64')}`;
    const inner = `Content-Type: message/rfc822\r\n\r\n${head}Content-Type: text/plain\r\n\r\ninner words`;

    const { sections, notes, hasUntypedValues } = await parseBytes(
      'a.eml',
      multipart(['Content-Type: text/plain\r\n\r\nouter words', csv, png, inner]),
    );

    expect(hasUntypedValues).toBe(true);
    expect(sections[1]).toMatchObject({ text: 'boat: sloop\nfee: 12', openHeadings: ['fees.csv'] });
    expect(sections[2]?.text.endsWith('inner words')).toBe(true);
    expect(notes).toEqual([expect.stringMatching(/"a\.png" was left out: .*PNG image/) as string]);
  });

  it('has parts without a name read as what their type says', async () => {
    const { text, notes } = await parseBytes(
      'a.eml',
      multipart([
        'Content-Type: text/plain\r\n\r\nThe mail came back.',
        'Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mail.example.org',
        'Content-Type: application/octet-stream\r\nContent-Disposition: attachment\r\n\r\nplain words',
      ]),
    );

    expect(text).toContain('Reporting-MTA: dns; mail.example.org');
    expect(text).toContain('plain words');
    expect(notes).toEqual([]);
  });

  it.each([
    ['UTF-16 with a mark', Buffer.from(`\ufeff${head}\r\nGrüße vom Hafen`, 'utf16le')],
    ['UTF-16 without one, big end first', Buffer.from(`${head}\r\nGrüße vom Hafen`, 'utf16le').swap16()],
    ['UTF-8 with a mark', Buffer.from(`\ufeff${head}\r\nGrüße vom Hafen`)],
    [
      'UTF-8 that calls itself UTF-16',
      Buffer.from(`${head}Content-Type: text/plain; charset="utf-16"\r\n\r\nGrüße vom Hafen`),
    ],
  ])('is read in %s', async (_what, bytes) => {
    const { sections } = await parseBytes('a.eml', bytes);

    expect(sections[0]?.values).toMatchObject({ from: 'Ann <ann@example.org>', subject: 'Grüße' });
    expect(sections[0]?.text.endsWith('Grüße vom Hafen')).toBe(true);
  });

  it('names the mail of Outlook and signatures as left out', async () => {
    const part = (name: string, bytes: Buffer): string =>
      `Content-Type: application/octet-stream\r\nContent-Disposition: attachment; filename="${name}"\r\nContent-Transfer-Encoding: base64\r\n\r\n${bytes.toString('base64')}`;

    const { notes } = await parseBytes(
      'a.eml',
      multipart([
        part('winmail.dat', Buffer.from([0x78, 0x9f, 0x3e, 0x22, 1, 0, 0, 1])),
        part('signature.asc', Buffer.from('-----BEGIN PGP SIGNATURE-----\n\niQEz')),
      ]),
    );

    expect(notes[0]).toMatch(/"winmail\.dat" was left out: .*Outlook winmail\.dat/);
    expect(notes[1]).toMatch(/"signature\.asc" was left out: .*PGP signature/);
  });

  it('is known without a name for it', async () => {
    expect((await parseBytes('message', `${head}\r\nwords`)).sniffed.format).toBe('eml');
  });

  it.each([20, 200])('wrapped in %i messages is refused', async (depth) => {
    const wrapped = `${head}Content-Type: message/rfc822\r\n\r\n`.repeat(depth) + `${head}\r\nend`;

    await expect(parseBytes('a.eml', wrapped)).rejects.toMatchObject({ kind: 'PAYLOAD_TOO_LARGE' });
  });

  it('of parts in parts without end is refused', async () => {
    const nested = Array.from(
      { length: 300 },
      (_, index) => `Content-Type: multipart/mixed; boundary="b${index}"\r\n\r\n--b${index}\r\n`,
    );

    await expect(parseBytes('a.eml', `${head}${nested.join('')}`)).rejects.toMatchObject({
      kind: 'VALIDATION',
    });
  });
});
