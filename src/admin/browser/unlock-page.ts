/**
 * admin/browser/unlock-page — the page on which a browser becomes the person's, and the page that stands where a dashboard
 * will be. Text, one style, one script, all from here.
 *
 * The script takes the link out of the fragment before it does anything else, so that neither history nor a bookmark keeps
 * it. The proof goes to localStorage, which knows ports, unlike cookies; other tabs hear of it there.
 */

export const pagePolicy =
  "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; font-src 'self'; " +
  "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types default";

const mark =
  '<svg viewBox="0 0 24 24" width="24" height="24" fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" aria-hidden="true"><path d="M3 5h3.5c4 0 3.5 7 7 7M3 12h10M3 19h3.5c4 0 3.5-7 7-7"/><circle cx="17.5" cy="12" r="3.5" fill="currentColor" stroke="none"/></svg>';

/** @param base the path of our pages as the browser sees it: `/admin` */
export function unlockPage(base: string): string {
  return page(
    base,
    'Locked',
    `<h1 id="title">The dashboard is locked</h1>
<p id="says" class="soft" role="status">In a terminal on the machine that runs McpMux:</p>
<p class="command"><code>mcpmux open</code><button type="button" id="copy" class="quiet">Copy</button></p>
<p class="soft" id="waiting">Its link can open in any tab. This one then goes on where you were.</p>
<details id="code-way"><summary>No terminal at hand?</summary>
<p class="soft">A code with six digits appears in the terminal that the daemon runs in; <code>mcpmux open --code</code> makes one too. It is good for two minutes.</p>
<form id="code-form" class="row"><button type="button" id="ask">Show a code there</button>
<label class="sr" for="code">Code</label><input id="code" name="code" inputmode="numeric" autocomplete="one-time-code" placeholder="000 000" maxlength="7" required>
<button type="submit" class="primary">Unlock</button></form></details>
<noscript><p>This page needs JavaScript.</p></noscript>`,
  );
}

export function placeholderPage(base: string): string {
  return page(
    base,
    'Running',
    `<h1>McpMux is running</h1>
<p class="soft">This build has no dashboard. The command line does all of it:</p>
<p class="command"><code>mcpmux status</code></p><p class="command"><code>mcpmux help</code></p>
<p class="soft" id="session" role="status"></p>`,
  );
}

function page(base: string, title: string, main: string): string {
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1"><title>${title} · McpMux</title><meta name="mcpmux-base" content="${base}"><link rel="icon" href="data:,"><link rel="stylesheet" href="${base}/unlock.css"></head><body><header>${mark}<span>McpMux</span></header><main>${main}</main><footer>Clients go on working while the dashboard is locked.</footer><script src="${base}/unlock.js"></script></body></html>`;
}

export const unlockStyle = `:root{color-scheme:light dark;--canvas:oklch(.978 .004 95);--surface:oklch(1 0 0);--sunken:oklch(.962 .005 95);--line:oklch(.912 .006 95);--control:oklch(.63 .012 95);--text:oklch(.225 .012 265);--soft:oklch(.405 .014 265);--ink:oklch(.235 .014 265);--on-ink:oklch(.99 0 0);--focus:oklch(.55 .21 272)}
@media(prefers-color-scheme:dark){:root{--canvas:oklch(.19 .008 265);--surface:oklch(.225 .01 265);--sunken:oklch(.26 .01 265);--line:oklch(.32 .012 265);--control:oklch(.55 .014 265);--text:oklch(.95 .004 95);--soft:oklch(.79 .01 265);--ink:oklch(.95 .004 95);--on-ink:oklch(.2 .01 265);--focus:oklch(.72 .15 272)}}
*{box-sizing:border-box}body{margin:0;min-height:100vh;padding:1.5rem;background:var(--canvas);color:var(--text);font:1rem/1.5 system-ui,-apple-system,"Segoe UI",sans-serif}
header,main,footer{max-width:30rem;margin:0 auto}header{display:flex;gap:.5rem;align-items:center;font-weight:600;padding:3rem 0 1.25rem}
main{background:var(--surface);border:1px solid var(--line);border-radius:.75rem;padding:1.75rem}footer{padding:1rem 0;color:var(--soft);font-size:.8125rem}
h1{margin:0 0 .5rem;font-size:1.25rem;line-height:1.4}p{margin:.5rem 0}.soft{color:var(--soft)}code{font-family:ui-monospace,"SF Mono",Menlo,monospace;font-size:.9375em}
.command{display:flex;justify-content:space-between;align-items:center;gap:.5rem;background:var(--sunken);border:1px solid var(--line);border-radius:.5rem;padding:.4rem .75rem;min-height:2.75rem}
details{margin-top:1rem;border-top:1px solid var(--line);padding-top:1rem}summary{cursor:pointer}.row{display:flex;flex-wrap:wrap;gap:.5rem;margin-top:.75rem}
button,input{font:inherit;color:inherit;border-radius:.5rem;min-height:2.5rem;padding:.25rem .875rem}button{background:var(--surface);border:1px solid var(--control);cursor:pointer}
button.primary{background:var(--ink);border-color:var(--ink);color:var(--on-ink)}button.quiet{border-color:transparent;background:none}input{width:8rem;background:var(--surface);border:1px solid var(--control);font-family:ui-monospace,monospace;letter-spacing:.08em}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`;

/** Where our pages keep the proof of a session: also what a dashboard reads. */
export const proofStorageKey = 'mcpmux.admin.proof';

export const unlockScript = `'use strict';
(() => {
  const base = document.querySelector('meta[name="mcpmux-base"]').content;
  const key = ${JSON.stringify(proofStorageKey)};
  const byId = (id) => document.getElementById(id);
  const fragment = new URLSearchParams(location.hash.slice(1));
  const link = fragment.get('link');
  if (location.hash !== '') history.replaceState(null, '', location.pathname + location.search);
  const says = byId('says');
  const goOn = () => {
    const wanted = new URLSearchParams(location.search).get('next') ?? '';
    // Only a path of this very origin: no scheme, no host, nothing that a browser could read as one.
    const isPath = /^\\/(?![\\/\\\\])[^\\\\\\u0000-\\u0020]*$/.test(wanted);
    location.replace(isPath ? wanted : base + '/');
  };
  const show = (title, text) => {
    byId('title').textContent = title;
    says.textContent = text;
  };
  const post = async (path, body) => {
    const answer = await fetch(base + path, {
      method: 'POST',
      credentials: 'same-origin',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const facts = await answer.json().catch(() => ({}));
    if (!answer.ok) throw Object.assign(new Error(facts.detail ?? 'The daemon answered ' + answer.status), facts);
    return facts;
  };
  const redeem = async (body) => {
    const { proof } = await post('/session', body);
    localStorage.setItem(key, proof);
    goOn();
  };
  const sentence = (text) => text.charAt(0).toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? '' : '.');
  if (says === null) {
    const session = byId('session');
    const proof = localStorage.getItem(key);
    if (session === null || proof === null) return;
    fetch(base + '/session/current', { headers: { 'x-mcpmux-proof': proof } }).then((answer) => {
      session.textContent = answer.ok ? 'This browser is let in.' : 'This browser is locked.';
    }, () => {});
    return;
  }
  byId('copy').addEventListener('click', () => {
    navigator.clipboard.writeText('mcpmux open').then(() => { byId('copy').textContent = 'Copied'; }, () => {});
  });
  addEventListener('storage', (event) => { if (event.key === key && event.newValue !== null) goOn(); });
  if (link !== null) {
    show('Opening …', 'One moment.');
    redeem({ link }).catch((error) => {
      const titles = {
        'admin.link_used': 'This link was used already',
        'admin.link_expired': 'This link has expired',
        'admin.link_unknown': 'This link is not known here',
      };
      const title = titles[error.code];
      const why = title === undefined ? sentence(error.message) : 'A link opens one browser, once, within 5 minutes.';
      show(title ?? 'This did not work', why + ' Make a new one in a terminal on the machine that runs McpMux:');
    });
  }
  let challenge;
  byId('ask').addEventListener('click', () => {
    post('/session/code', {}).then((asked) => {
      challenge = asked.challenge;
      show('Type the code', asked.isShown
        ? 'A code with six digits is in the terminal that the daemon runs in.'
        : 'The daemon has no terminal. Run there: mcpmux open --code');
      byId('code').focus();
    }, (error) => show('No code now', sentence(error.message)));
  });
  byId('code-form').addEventListener('submit', (event) => {
    event.preventDefault();
    const code = byId('code').value.replace(/\\D/g, '');
    redeem({ code, ...(challenge === undefined ? {} : { challenge }) }).catch((error) => {
      show('This did not work', sentence(error.message) + (error.nextStep ? ' ' + sentence(error.nextStep) : ''));
      byId('code').select();
    });
  });
})();
`;
