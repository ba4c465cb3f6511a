# Filterscope in a container. These commands build it and run it:
#   docker build -t filterscope .
#   docker run -p 8501:8501 -v filterscope:/data filterscope
# The image contains CUDA, which `docker run --gpus all` uses. To build an image for the CPU only, which is about 5 GB
# smaller, add --build-arg WHEELS=https://download.pytorch.org/whl/cpu. For a store in a cloud that several servers share
# (VIZLIB_STORE=s3://... or gs://...), add --build-arg CLOUD=s3fs or CLOUD=gcsfs (docs/examples/compose.yaml).
FROM python:3.12-slim
ARG WHEELS=https://pypi.org/simple
ARG CLOUD=""
WORKDIR /app
COPY requirements.txt .
RUN pip install --no-cache-dir --index-url "$WHEELS" $(grep ^torch requirements.txt) \
    && pip install --no-cache-dir -r requirements.txt $CLOUD
COPY . .
RUN useradd --create-home filterscope && mkdir /data /shared && chown filterscope /data /shared
USER filterscope
ENV VIZLIB_STORE=/data/store HF_HOME=/data/networks TORCH_HOME=/data/networks/torch OMP_WAIT_POLICY=passive
VOLUME /data
EXPOSE 8501
HEALTHCHECK --start-period=60s CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8501/_stcore/health', timeout=5)"]
CMD ["python", "-m", "vizlib.ui.command", "--server.address", "0.0.0.0"]
