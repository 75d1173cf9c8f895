/**
 * auth/server/page-style — the look of the pages on which a person decides, by the tokens of the dashboard's design.
 */
export const pageStyle = `:root{color-scheme:light dark;--canvas:oklch(.978 .004 95);--surface:oklch(1 0 0);--sunken:oklch(.962 .005 95);--hover:oklch(.968 .005 95);--line:oklch(.912 .006 95);--line-2:oklch(.845 .008 95);--line-control:oklch(.63 .012 95);--text:oklch(.225 .012 265);--text-2:oklch(.405 .014 265);--text-3:oklch(.51 .014 265);--ink:oklch(.235 .014 265);--ink-hover:oklch(.33 .018 265);--on-ink:oklch(.99 0 0);--accent:oklch(.47 .19 272);--accent-soft:oklch(.957 .022 272);--accent-line:oklch(.82 .075 272);--focus:oklch(.55 .21 272);--ok:oklch(.445 .105 157);--warn:oklch(.475 .098 66);--bad:oklch(.495 .18 26);--tile:oklch(.93 .045 290);--tile-text:oklch(.4 .11 290);--control:30px}
@media(prefers-color-scheme:dark){:root{--canvas:oklch(.168 .007 265);--surface:oklch(.202 .008 265);--sunken:oklch(.178 .007 265);--hover:oklch(.235 .01 265);--line:oklch(.278 .011 265);--line-2:oklch(.355 .014 265);--line-control:oklch(.545 .016 265);--text:oklch(.945 .004 265);--text-2:oklch(.785 .009 265);--text-3:oklch(.675 .012 265);--ink:oklch(.95 .004 265);--ink-hover:oklch(.86 .008 265);--on-ink:oklch(.19 .01 265);--accent:oklch(.775 .115 277);--accent-soft:oklch(.272 .06 277);--accent-line:oklch(.42 .1 277);--focus:oklch(.7 .16 277);--ok:oklch(.8 .125 157);--warn:oklch(.815 .115 78);--bad:oklch(.765 .13 24);--tile:oklch(.3 .045 290);--tile-text:oklch(.85 .075 290)}}
@media(max-width:767px){:root{--control:40px}}
*,*::before,*::after{box-sizing:border-box}html{background:var(--canvas);color:var(--text);-webkit-text-size-adjust:100%}
body{margin:0;min-width:320px;min-height:100vh;display:grid;grid-template-rows:auto 1fr auto;justify-items:center;padding:24px 16px;font:400 .8125rem/1.25rem "Geist",system-ui,-apple-system,"Segoe UI",sans-serif;-webkit-font-smoothing:antialiased}
h1,p,dl,dd,fieldset{margin:0;padding:0;border:0;min-width:0}button,input,select{font:inherit;color:inherit}
.mono{font-family:"Geist Mono",ui-monospace,"SF Mono",Menlo,monospace;font-size:.9375em}
.t2{color:var(--text-2)}.t3{color:var(--text-3)}.small{font-size:.75rem;line-height:1.125rem}
body>header{display:flex;align-items:center;gap:8px;height:32px;font-weight:600;font-size:.875rem}
body>header svg{width:20px;height:20px}main{width:min(460px,100%);align-self:center;padding:32px 0;display:flex;flex-direction:column;gap:16px}
body>footer{color:var(--text-3);font-size:.75rem;text-align:center}
.panel{background:var(--surface);border:1px solid var(--line);border-radius:8px;overflow:clip}
.pad{padding:16px;display:flex;flex-direction:column;gap:16px}.col{display:flex;flex-direction:column;gap:8px}.tight{gap:4px}
h1{font-weight:600;font-size:1.25rem;line-height:1.75rem;letter-spacing:-.012em;overflow-wrap:anywhere}
.head{display:flex;align-items:center;gap:12px}.head>svg{width:60px;height:12px}.head>svg path{stroke:var(--line-control);stroke-width:1.5;stroke-dasharray:3 4}
.tile{display:inline-grid;place-items:center;width:32px;height:32px;border-radius:7px;flex:none;font:600 .8125rem/1 ui-monospace,monospace;background:var(--tile);color:var(--tile-text)}
.tile.hub{background:var(--ink);color:var(--on-ink)}.tile svg{width:20px;height:20px}
dl{display:grid;grid-template-columns:minmax(92px,max-content) minmax(0,1fr);gap:7px 16px}dt{color:var(--text-3)}dd{overflow-wrap:anywhere}
.host{font-weight:600}.warn{color:var(--warn);font-weight:500}.ok{color:var(--ok);font-weight:500}.bad{color:var(--bad)}
hr{height:1px;width:100%;background:var(--line);border:0;margin:0}
legend,.label{padding:0;margin-bottom:5px;font-weight:500;display:block}
.opt{display:flex;gap:8px;align-items:flex-start;padding:8px 12px;border:1px solid var(--line);border-radius:6px;margin-bottom:8px;cursor:pointer}
.opt:has(>input:checked){border-color:var(--accent-line);background:var(--accent-soft)}
.opt input{margin:2px 0 0;width:16px;height:16px;flex:none;accent-color:var(--accent)}
.sets{margin:-2px 0 8px 26px;display:none}.opt:has(>input:checked)+.sets{display:block}.sets label{display:flex;gap:8px;padding:3px 0}
select,input[type=text]{width:100%;height:var(--control);padding:0 9px;border:1px solid var(--line-control);border-radius:6px;background:var(--surface)}
input.code{font-family:ui-monospace,monospace;letter-spacing:.12em;text-transform:uppercase;font-size:1rem;height:40px;text-align:center}
.two{display:grid;grid-template-columns:1fr 1fr;gap:8px;padding:8px 16px;border-top:1px solid var(--line);background:var(--canvas)}
.btn{display:inline-flex;align-items:center;justify-content:center;gap:6px;height:36px;padding:0 11px;border:1px solid var(--line-2);border-radius:6px;background:var(--surface);font-weight:500;cursor:pointer;text-decoration:none;color:inherit}
@media(max-width:767px){.btn{height:44px}}.btn:hover{background:var(--hover)}
.btn.primary{background:var(--ink);border-color:var(--ink);color:var(--on-ink)}.btn.primary:hover{background:var(--ink-hover)}
.btn[aria-disabled=true]{color:var(--text-3);background:var(--sunken);border-color:var(--line);cursor:not-allowed}
:focus-visible{outline:2px solid var(--focus);outline-offset:2px}[hidden]{display:none!important}
.sr{position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%)}`;
