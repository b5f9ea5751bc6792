import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { App } from './app.tsx';
import { loadConfig } from './transport/config.ts';

const container = document.getElementById('root');
if (!container) throw new Error('index.html lacks the element #root.');
const root = createRoot(container);

try {
  const config = await loadConfig();
  root.render(
    <StrictMode>
      <App config={config} />
    </StrictMode>,
  );
} catch (error) {
  root.render(
    <main style={{ fontFamily: 'system-ui', padding: 32 }}>
      <h1>The console cannot start</h1>
      <p role="alert">{error instanceof Error ? error.message : String(error)}</p>
    </main>,
  );
}
