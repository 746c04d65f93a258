"""Style and script of a report's page. The script answers one question; without it the page is
whole, with every table and plot in it."""

__all__ = ["SCRIPT", "STYLE"]

STYLE = """
:root{color-scheme:light dark;--ink:#1c1d22;--soft:#5d616b;--line:#d9dbe1;--card:#fff;
--page:#f5f6f8;
--best:#00714f;--win:#e3f4ec;--tie:#fff3da}
@media(prefers-color-scheme:dark){:root{--ink:#e8e9ed;--soft:#a2a6b0;--line:#3a3d46;--card:#1e2026;
--page:#15161a;--best:#5fd3a6;--win:#16372b;--tie:#3d3216}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:15px/1.5 system-ui,sans-serif}
main{max-width:1180px;margin:0 auto;padding:24px 20px 60px}
h1{font-size:24px;margin:0 0 4px}h2{font-size:20px;margin:36px 0 8px}
h3{font-size:16px;margin:22px 0 6px}
p{margin:6px 0}.soft{color:var(--soft)}
.card{background:var(--card);border:1px solid var(--line);border-radius:10px;padding:16px 18px;
margin:14px 0}
.ask{display:flex;flex-wrap:wrap;gap:12px 18px;align-items:end}
.ask label{display:grid;gap:3px;font-size:13px;color:var(--soft)}
select,input{font:inherit;padding:6px 8px;border:1px solid var(--line);border-radius:7px;
background:var(--card);color:var(--ink)}
input[type=number]{width:88px}
#answer{margin-top:14px}.winner{font-size:26px;font-weight:700;color:var(--best)}
.verdict{font-size:17px}.yes{color:var(--best);font-weight:700}.no{color:#b3541e;font-weight:700}
table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:13.5px}
th,td{padding:4px 9px;border-bottom:1px solid var(--line);text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left;position:sticky;left:0;background:var(--card)}
thead th{font-weight:600;vertical-align:bottom}
.scroll{overflow-x:auto}td small{color:var(--soft)}
td.best{font-weight:700;color:var(--best)}
.glance th{text-align:left}
.glance td{white-space:normal;text-align:left;vertical-align:top;min-width:120px}
.glance td.win{background:var(--win)}.glance td.tie{background:var(--tie)}
td.grey{color:var(--soft);font-style:italic}
sup{color:var(--soft);font-weight:400}
svg{width:100%;max-width:860px;height:auto;font:12px system-ui,sans-serif}
svg text{fill:currentColor;stroke:none}svg g text{fill:inherit}
svg .grid{stroke:var(--line);fill:none}svg path{fill:none;stroke-width:1}
svg .line{stroke-width:2}svg .lead{opacity:.5}
details{margin:8px 0}summary{cursor:pointer;font-weight:600}
.case{display:flex;flex-wrap:wrap;gap:8px;margin:8px 0 16px}
figure{margin:0;width:144px}figure img{width:144px;border-radius:6px;display:block}
figcaption{font-size:12px;color:var(--soft);overflow-wrap:anywhere}
.bar{position:relative;display:inline-block;width:150px;height:12px;vertical-align:middle}
.bar i{position:absolute;top:5px;height:2px;background:currentColor}
.bar b{position:absolute;top:2px;width:8px;height:8px;margin-left:-4px;border-radius:50%;
background:currentColor}
.hidden{display:none}
"""

SCRIPT = """
const D=JSON.parse(document.getElementById('data').textContent);
const $=id=>document.getElementById(id);
const f=(x,d)=>x===null?'—':x.toFixed(d);
const e=t=>{const s=document.createElement('span');s.textContent=t;return s.innerHTML};
function bucketOf(set,hole){
  for(const b of set.buckets){
    const m=b.match(/^([0-9.]+)-([0-9.]+)/);
    if(m&&hole>=+m[1]&&(hole<+m[2]||hole===D[0].last&&hole===+m[2]))return b;
    const lo=b.match(/^<([0-9.]+)/),hi=b.match(/^>([0-9.]+)/);
    if(lo&&hole<+lo[1])return b;
    if(hi&&hole>+hi[1])return b;
  }
  return null;
}
function list(names){
  return names.length>4?names.slice(0,4).map(e).join(', ')+' and '+(names.length-4)+' more'
    :names.map(e).join(', ');
}
function answer(){
  const set=D[$('set').value],key=$('metric').value,hole=parseFloat($('hole').value);
  document.querySelectorAll('[data-metric]').forEach(
    x=>x.classList.toggle('hidden',x.dataset.metric!==key));
  const metric=set.metrics[key],found=bucketOf(set,hole);
  const box=$('answer');
  const there=metric&&found&&metric.ranks[found],r=metric?metric.ranks[there?found:'all']:null;
  const bucket=there?found+' missing':'all holes ('+set.buckets.join(', ')+')';
  const note=there?'':'<p class="no">No hole of '+hole+' % on these pictures: over all holes.</p>';
  if(!r){box.innerHTML='<p class="verdict">'+e(set.name)+' was not judged by this metric.</p>';
    return}
  const rows=r.rows,top=rows[0],d=metric.digits,unit=metric.unit?' '+metric.unit:'';
  const same=rows.slice(1).filter(x=>!x.s).map(x=>x.v),worse=rows.slice(1).filter(x=>x.s);
  let said;
  if(rows.length===1)said='It is the only method that was measured on all of these.';
  else if(r.p<D[0].fewest)said='<span class="no">Too few photographs</span> ('+r.p+
    ') to tell methods apart.';
  else if(!same.length)said='<span class="yes">Yes, significantly better</span> than each of the '+
    worse.length+' other methods.';
  else said='<span class="no">Not significantly better</span> than '+list(same)+
    (worse.length?'; significantly better than the other '+worse.length+'.':'.');
  const next=rows[1];
  if(next)said+=' Difference to the next, '+e(next.v)+': '+f(Math.abs(next.d[0]),d)+unit+
    (next.d[1]===null?'':' ['+f(Math.min(...next.d.slice(1).map(x=>metric.up?-x:x)),d)+', '+
    f(Math.max(...next.d.slice(1).map(x=>metric.up?-x:x)),d)+']')+'.';
  if(r.left.length)said+=' Not compared, since too many of their rows are missing: '+
    list(r.left)+'.';
  const ends=rows.flatMap(x=>[x.m,x.l,x.h]).filter(x=>x!==null);
  const lo=Math.min(...ends),span=(Math.max(...ends)-lo)||1,at=x=>(100*(x-lo)/span).toFixed(1);
  box.innerHTML=note+'<div class="winner">'+e(top.v)+'</div><p class="verdict">'+said+'</p>'+
    '<p class="soft">'+e(set.label)+', '+e(bucket)+', '+e(metric.title)+', '+
    (metric.up?'higher':'lower')+' is better; N = '+r.n+' masked photographs ('+r.p+
    ' photographs), test set <code>'+e(set.hash)+'</code></p>'+
    '<div class="scroll"><table><thead><tr><th>method</th><th>rank</th><th>mean</th>'+
    '<th>95 % interval</th><th></th><th>behind the first by</th><th>significantly worse?</th>'+
    '</tr></thead><tbody>'+rows.map(x=>'<tr><td>'+e(x.v)+'</td><td>'+e(x.r)+'</td><td>'+f(x.m,d)+
    '</td><td>'+(x.l===null?'—':f(x.l,d)+' – '+f(x.h,d))+'</td><td><span class="bar">'+
    (x.l===null?'':'<i style="left:'+at(x.l)+'%;width:'+(at(x.h)-at(x.l))+'%"></i>')+
    '<b style="left:'+at(x.m)+'%"></b></span></td><td>'+(x===top?'':f(Math.abs(x.d[0]),d))+
    '</td><td>'+(x===top?'':x.s?'yes':'cannot be told apart')+'</td></tr>').join('')+
    '</tbody></table></div>';
  document.querySelectorAll('[data-plot]').forEach(
    x=>x.classList.toggle('hidden',x.dataset.plot!==$('set').value+'/'+key));
}
$('ask').classList.remove('hidden');
['set','metric','hole'].forEach(id=>$(id).addEventListener('input',answer));
answer();
"""
