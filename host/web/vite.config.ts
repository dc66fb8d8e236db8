import { defineConfig, type Plugin } from 'vite';

const text = (source: string | Uint8Array): string => (typeof source === 'string' ? source : new TextDecoder().decode(source));

// The host serves one file, whose Content-Security-Policy names one script and one style by their hashes: so all that was built moves
// into index.html. The style comes first, since the host looks for the first `<style` and `<script`, and a script may hold such a text.
function onePage(): Plugin {
  return {
    name: 'one-page',
    enforce: 'post',
    generateBundle(_options, bundle) {
      const page = bundle['index.html'];
      if (!page || page.type !== 'asset') throw new Error('there is no index.html to put the rest into');
      const scripts: string[] = [];
      const styles: string[] = [];
      for (const [name, file] of Object.entries(bundle)) {
        if (file.type === 'chunk') scripts.push(file.code);
        else if (name.endsWith('.css')) styles.push(text(file.source));
        else if (name !== 'index.html') throw new Error(`${name} has no place in one page`);
        if (file !== page) delete bundle[name];
      }
      if (scripts.length !== 1) throw new Error(`one script is wanted, there are ${scripts.length}`);

      // What would end the element too early, or begin a comment, is written otherwise; in a JavaScript text it means the same.
      const script = scripts[0].trim().replace(/<(\/script|!--)/gi, '\\x3C$1');
      const style = styles.join('').trim();
      // The functions keep `$` in what is put in from meaning anything.
      page.source = text(page.source)
        .replace(/\s*<script\b[^>]*\bsrc=[^>]*><\/script>/g, '')
        .replace(/\s*<link\b[^>]*\brel="stylesheet"[^>]*>/g, '')
        .replace('</head>', () => `<style>${style}</style>\n<script type="module">${script}</script>\n</head>`);
    },
  };
}

export default defineConfig({
  plugins: [onePage()],
  // ASCII, since CMake and the compiler cut the page into pieces that need not end where a character does.
  esbuild: { jsx: 'automatic', jsxImportSource: 'preact', charset: 'ascii' },
  build: {
    target: 'es2022',
    modulePreload: false,
    rollupOptions: { output: { inlineDynamicImports: true } },
  },
  // For `npm run dev`: the page from here, everything else from a sluice that runs.
  server: {
    proxy: {
      '/sluice': 'http://localhost:8083',
      '/connectors': 'http://localhost:8083',
      '/connector-plugins': 'http://localhost:8083',
    },
  },
});
