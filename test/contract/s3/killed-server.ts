import { appendFileSync } from 'node:fs';
import { setTimeout } from 'node:timers/promises';
import { startS3Server } from './s3-server.ts';

/** Runs as a process of its own, to be killed: serves argv[2] and appends the key of each delivered event to argv[3]. */
const [, , directory = '', deliveredPath = ''] = process.argv;

const server = await startS3Server(
  [
    {
      name: 'survivor',
      notifications: [
        {
          id: 'created',
          events: ['s3:ObjectCreated:*'],
          async deliver(record) {
            await setTimeout(5);
            appendFileSync(deliveredPath, `${record.s3.object.key}\n`);
          },
        },
      ],
    },
  ],
  { directory },
);
process.send?.({ port: server.port, session: server.iam.root, warnings: server.warnings });
process.on('message', () => {
  void server.s3.whenDelivered().then(() => process.send?.({ warnings: server.warnings }));
});
