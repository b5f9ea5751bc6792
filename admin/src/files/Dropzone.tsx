import UploadIcon from '@mui/icons-material/UploadFileOutlined';
import { Box, Button, Collapse, Typography } from '@mui/material';
import { useRef, useState } from 'react';
import type { ReactNode } from 'react';
import { useNotify } from 'react-admin';
import { formatBytes } from '../display/format.ts';
import { findInput } from '../forms/find-input.ts';
import { makeValidator } from '../forms/validate.ts';
import { inputs } from '../generated/descriptors.ts';
import { NO_OPTIONS, UploadOptions, checkOptions, toTarget } from './UploadOptions.tsx';
import { useUploadQueue } from './upload-context.tsx';

const checkSize = makeValidator(findInput(inputs.RequestUploadInput, 'sizeBytes'));
const checkName = makeValidator(findInput(inputs.RequestUploadInput, 'name'));

/** Says why a file cannot be sent at all, before anything is asked of the server. */
function findProblem(file: File): string | undefined {
  if (file.size === 0) return `${file.name} is empty.`;
  const size = checkSize(file.size, {});
  if (size) return `${file.name} has ${formatBytes(file.size)}. ${size}`;
  const name = checkName(file.name, {});
  return name && `The name ${file.name} cannot be used. ${name}`;
}

/** Reads what was dropped; a folder arrives as an entry without readable bytes. */
function readDrop(items: Iterable<DataTransferItem>): { files: File[]; hasFolder: boolean } {
  const entries = [...items].map((item) => ({
    file: item.getAsFile(),
    isFolder: item.webkitGetAsEntry()?.isDirectory === true,
  }));
  const files = entries.flatMap(({ file, isFolder }) => (file && !isFolder ? [file] : []));
  return { files, hasFolder: entries.some(({ isFolder }) => isFolder) };
}

/** Takes files by drop, click or keyboard. */
export function Dropzone({ databaseId }: { databaseId: string }) {
  const queue = useUploadQueue();
  const notify = useNotify();
  const [areOptionsOpen, setAreOptionsOpen] = useState(false);
  const [options, setOptions] = useState(NO_OPTIONS);

  function add(files: File[]): void {
    if (checkOptions(options).length > 0) {
      setAreOptionsOpen(true);
      notify('Mend the upload options first.', { type: 'warning' });
      return;
    }
    const problems = files.map(findProblem).filter((problem) => problem !== undefined);
    if (problems.length > 0) {
      notify(problems.slice(0, 3).join(' '), { type: 'error', autoHideDuration: 10_000, multiLine: true });
    }
    queue.add(
      files.filter((file) => !findProblem(file)),
      { databaseId, ...toTarget(options) },
    );
  }

  return (
    <DropTarget
      onDrop={({ files, hasFolder }) => {
        if (hasFolder) notify('Folders cannot be dropped; drop the files in them.', { type: 'warning' });
        add(files);
      }}
    >
      <UploadIcon color="primary" sx={{ fontSize: 34 }} />
      <Typography sx={{ fontWeight: 600 }}>Drop files here</Typography>
      <Typography variant="body2" color="textSecondary" sx={{ mb: 1.5 }}>
        Text, Markdown, HTML, CSV, JSON, PDF, Word and more; several at once
      </Typography>
      <FileChooser onChoose={add} />
      <Button
        sx={{ ml: 1 }}
        onClick={() => {
          setAreOptionsOpen(!areOptionsOpen);
        }}
        aria-expanded={areOptionsOpen}
      >
        Options
      </Button>
      <Collapse in={areOptionsOpen} unmountOnExit>
        <UploadOptions options={options} onChange={setOptions} />
      </Collapse>
    </DropTarget>
  );
}

function FileChooser({ onChoose }: { onChoose: (files: File[]) => void }) {
  const input = useRef<HTMLInputElement>(null);
  return (
    <>
      <input
        ref={input}
        type="file"
        multiple
        hidden
        aria-label="Files to upload"
        data-testid="file-input"
        onChange={(event) => {
          onChoose([...(event.target.files ?? [])]);
          event.target.value = '';
        }}
      />
      <Button variant="contained" onClick={() => input.current?.click()}>
        Choose files
      </Button>
    </>
  );
}

function DropTarget({
  children,
  onDrop,
}: {
  children: ReactNode;
  onDrop: (drop: ReturnType<typeof readDrop>) => void;
}) {
  const [isOver, setIsOver] = useState(false);
  return (
    <Box
      onDragOver={(event) => {
        event.preventDefault();
        setIsOver(true);
      }}
      onDragLeave={() => {
        setIsOver(false);
      }}
      onDrop={(event) => {
        event.preventDefault();
        setIsOver(false);
        onDrop(readDrop(event.dataTransfer.items));
      }}
      sx={{
        border: '1.5px dashed',
        borderColor: isOver ? 'primary.main' : 'divider',
        bgcolor: isOver ? 'action.selected' : 'background.paper',
        borderRadius: 1.5,
        p: { xs: 2.5, sm: 3 },
        textAlign: 'center',
        transition: 'background-color .15s, border-color .15s',
      }}
    >
      {children}
    </Box>
  );
}
