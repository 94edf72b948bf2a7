/* The plotly theme in the browser: templates per mode, numbers, and the labels at the ends of lines.
   Figures carry data colours only, so a theme switch is VZ.retheme, never a query. The next line is written
   by vizapp.charts.theme.write_theme_js; a test holds it equal to template(mode). */
window.VZ_TEMPLATES = {"light":{"layout":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.84)"},"colorway":["#0072B2","#E69F00","#009E73","#CC79A7","#56B4E9","#D55E00","#F0E442"],"showlegend":false,"paper_bgcolor":"rgba(0,0,0,0)","plot_bgcolor":"rgba(0,0,0,0)","margin":{"l":8,"r":8,"t":8,"b":8,"pad":0},"separators":".,","hovermode":"x unified","hoversort":"value descending","hoverdistance":40,"hoverlabel":{"bgcolor":"#ffffff","bordercolor":"rgba(7,23,34,.14)","font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.84)"},"align":"left"},"legend":{"orientation":"h","xref":"container","x":0,"xanchor":"left","yref":"container","y":1,"yanchor":"top","font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.62)"},"itemwidth":30,"traceorder":"normal","bgcolor":"rgba(0,0,0,0)"},"xaxis":{"color":"rgba(7,23,34,.62)","tickfont":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.62)"},"gridcolor":"rgba(7,23,34,.08)","gridwidth":1,"linecolor":"rgba(7,23,34,.24)","zerolinecolor":"rgba(7,23,34,.24)","zerolinewidth":1,"automargin":true,"title":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.62)"},"standoff":8},"nticks":6,"showgrid":false,"showline":true,"ticks":"outside","ticklen":4,"tickcolor":"rgba(7,23,34,.24)","zeroline":false,"fixedrange":true,"tickangle":0,"spikethickness":1,"spikecolor":"rgba(7,23,34,.24)","spikedash":"solid"},"yaxis":{"color":"rgba(7,23,34,.62)","tickfont":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.62)"},"gridcolor":"rgba(7,23,34,.08)","gridwidth":1,"linecolor":"rgba(7,23,34,.24)","zerolinecolor":"rgba(7,23,34,.24)","zerolinewidth":1,"automargin":true,"title":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(7,23,34,.62)"},"standoff":8},"nticks":5,"showgrid":true,"showline":false,"ticks":"","zeroline":false,"rangemode":"tozero","fixedrange":true,"showspikes":false,"ticklabelstandoff":4},"bargap":0.2,"barcornerradius":2,"uniformtext":{"minsize":11,"mode":"hide"},"colorscale":{"sequential":[[0.0,"#edf4f9"],[0.2,"#c6deef"],[0.4,"#8fc0df"],[0.6,"#4b99c9"],[0.8,"#0072b2"],[1.0,"#004b7c"]]},"coloraxis":{"colorbar":{"orientation":"h","thickness":8,"outlinewidth":0,"tickfont":{"family":"Inter, system-ui, sans-serif","size":11,"color":"rgba(7,23,34,.62)"},"ticks":""}},"geo":{"bgcolor":"rgba(0,0,0,0)","landcolor":"#eef0f1","subunitcolor":"#ffffff","countrycolor":"#ffffff","showland":true,"showlakes":false,"showcoastlines":false,"showframe":false,"subunitwidth":1}},"data":{"bar":[{"marker":{"line":{"width":0}}}],"scatter":[{"line":{"width":2,"shape":"linear"}}],"heatmap":[{"xgap":2,"ygap":2}]}},"dark":{"layout":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.95)"},"colorway":["#0072B2","#E69F00","#009E73","#CC79A7","#56B4E9","#D55E00","#F0E442"],"showlegend":false,"paper_bgcolor":"rgba(0,0,0,0)","plot_bgcolor":"rgba(0,0,0,0)","margin":{"l":8,"r":8,"t":8,"b":8,"pad":0},"separators":".,","hovermode":"x unified","hoversort":"value descending","hoverdistance":40,"hoverlabel":{"bgcolor":"#101c26","bordercolor":"rgba(255,255,255,.18)","font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.95)"},"align":"left"},"legend":{"orientation":"h","xref":"container","x":0,"xanchor":"left","yref":"container","y":1,"yanchor":"top","font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.69)"},"itemwidth":30,"traceorder":"normal","bgcolor":"rgba(0,0,0,0)"},"xaxis":{"color":"rgba(255,255,255,.69)","tickfont":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.69)"},"gridcolor":"rgba(255,255,255,.08)","gridwidth":1,"linecolor":"rgba(255,255,255,.26)","zerolinecolor":"rgba(255,255,255,.26)","zerolinewidth":1,"automargin":true,"title":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.69)"},"standoff":8},"nticks":6,"showgrid":false,"showline":true,"ticks":"outside","ticklen":4,"tickcolor":"rgba(255,255,255,.26)","zeroline":false,"fixedrange":true,"tickangle":0,"spikethickness":1,"spikecolor":"rgba(255,255,255,.26)","spikedash":"solid"},"yaxis":{"color":"rgba(255,255,255,.69)","tickfont":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.69)"},"gridcolor":"rgba(255,255,255,.08)","gridwidth":1,"linecolor":"rgba(255,255,255,.26)","zerolinecolor":"rgba(255,255,255,.26)","zerolinewidth":1,"automargin":true,"title":{"font":{"family":"Inter, system-ui, sans-serif","size":12,"color":"rgba(255,255,255,.69)"},"standoff":8},"nticks":5,"showgrid":true,"showline":false,"ticks":"","zeroline":false,"rangemode":"tozero","fixedrange":true,"showspikes":false,"ticklabelstandoff":4},"bargap":0.2,"barcornerradius":2,"uniformtext":{"minsize":11,"mode":"hide"},"colorscale":{"sequential":[[0.0,"#152a39"],[0.2,"#16405c"],[0.4,"#135a86"],[0.6,"#0072b2"],[0.8,"#4fa9dc"],[1.0,"#b4dcf5"]]},"coloraxis":{"colorbar":{"orientation":"h","thickness":8,"outlinewidth":0,"tickfont":{"family":"Inter, system-ui, sans-serif","size":11,"color":"rgba(255,255,255,.69)"},"ticks":""}},"geo":{"bgcolor":"rgba(0,0,0,0)","landcolor":"#1a2833","subunitcolor":"#101c26","countrycolor":"#101c26","showland":true,"showlakes":false,"showcoastlines":false,"showframe":false,"subunitwidth":1}},"data":{"bar":[{"marker":{"line":{"width":0}}}],"scatter":[{"line":{"width":2,"shape":"linear"}}],"heatmap":[{"xgap":2,"ygap":2}]}}};
(function () {
  const MINUS = "\u2212", UNITS = ["", "K", "M", "B", "T"];
  const mode = () => document.documentElement.dataset.bsTheme === "dark" ? "dark" : "light";
  const template = (name) => window.VZ_TEMPLATES[name || mode()];

  /* 12300 -> 12.3K; the twin of vizapp/charts/formats.py: K M B T, three figures, a true minus, an em dash for no value */
  function compact(v) {
    if (v === null || v === undefined || !Number.isFinite(v)) return "\u2014";
    const a = Math.abs(v);
    let u = a < 9999.5 ? 0 : Math.min(Math.floor(Math.log10(a) / 3), 4);
    let n = Number((a / 1000 ** u).toPrecision(3));
    if (n >= 1000 && u > 0 && u < 4) { n = 1; u += 1; }
    const s = u === 0 && a >= 99.95 ? Math.round(a).toLocaleString("en") : n.toLocaleString("en", { maximumSignificantDigits: 3 });
    return (v < 0 && s !== "0" ? MINUS : "") + s + UNITS[u];
  }

  /* a figure from the server, dressed for the page: the template is sent once, not in each figure */
  const dress = (figure, name) => figure && { ...figure, layout: { ...figure.layout, template: template(name) } };

  /* every drawn chart under root takes the mode's layout colours; data colours stay */
  const retheme = (name, root) => Promise.all([...(root || document).querySelectorAll(".js-plotly-plot")].map((el) =>
    window.Plotly.relayout(el, { template: template(name) })));

  /* Labels at line ends are placed by the server for a tile of 216 px; here they are moved at least 16 px
     apart for the height the chart really has. Safe to call after every draw: it settles in one relayout. */
  function spread(el) {
    const full = el._fullLayout, notes = (el.layout && el.layout.annotations) || [];
    if (!full || !full.yaxis) return;
    const ends = notes.map((a, index) => ({ a, index })).filter(({ a }) => a.name === "end")
      .map((e) => ({ ...e, px: full.yaxis.l2p(e.a.y) })).sort((p, q) => p.px - q.px || p.index - q.index);
    const change = {};
    ends.forEach((e, i) => {
      e.at = i ? Math.max(e.px, ends[i - 1].at + 16) : e.px;
      const shift = Math.round(e.px - e.at);
      if (shift !== (e.a.yshift || 0)) change[`annotations[${e.index}].yshift`] = shift;
    });
    if (Object.keys(change).length) window.Plotly.relayout(el, change);
  }

  window.VZ = { mode, template, compact, dress, retheme, spread, config: { displayModeBar: false, responsive: true } };
})();
